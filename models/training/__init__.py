"""How the weights in `models/weights` were made: corpora, objectives, training, calibration, evaluation."""
