"""How the network runs here: precision, device, threads, batches of similar length.

The choice is made from what the machine has and can be overridden by argument or by the environment
(`SAYSO_PRECISION`, `SAYSO_THREADS`, `SAYSO_DEVICE`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from models.errors import ModelError
from models.network import Network

PRECISIONS = ("bf16", "fp32")
PAD = 1
BATCH_TOKENS = 4096
LENGTH_STEP = 8

Progress = Callable[[int, int], None]
"""Called with (texts done, texts in all)."""


class RuntimeChoiceError(ModelError):
    """A precision, device or number of threads that this machine or version does not have."""


def choose_device(asked: str | None = None) -> torch.device:
    """The device asked for, else a GPU if torch sees one, else the processor."""
    name = asked or os.environ.get("SAYSO_DEVICE") or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise RuntimeChoiceError(
            f"device {name!r} is not usable here: {error}; leave it out or say cpu"
        ) from error


def choose_precision(asked: str | None, device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies in it (AMX, AVX512-BF16, GPU), else float32."""
    name = asked or os.environ.get("SAYSO_PRECISION") or ("bf16" if _multiplies_bf16(device) else "fp32")
    if name not in PRECISIONS:
        raise RuntimeChoiceError(f"precision {name!r} is not one of {', '.join(PRECISIONS)}")
    return torch.bfloat16 if name == "bf16" else torch.float32


def _multiplies_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if device.type != "cpu":
        return False
    return bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())


def choose_threads(asked: int | None = None) -> int | None:
    """Threads asked for, or None to keep what torch and OMP_NUM_THREADS chose."""
    given = os.environ.get("SAYSO_THREADS") if asked is None else str(asked)
    if not given:
        return None
    if not given.isdigit() or int(given) < 1:
        raise RuntimeChoiceError(f"threads must be a number of at least 1, not {given!r}")
    return int(given)


class Runtime:
    """A network placed on a device in a precision; turns token windows into pooled vectors."""

    def __init__(
        self,
        network: Network,
        precision: str | None = None,
        device: str | None = None,
        threads: int | None = None,
    ) -> None:
        self.device = choose_device(device)
        self.dtype = choose_precision(precision, self.device)
        count = choose_threads(threads)
        if count is not None:
            torch.set_num_threads(count)
        self.network = network.eval().to(self.device)
        for layer in self.network.layers:
            for part in ("attention", "attention_out", "inner", "outer"):
                getattr(layer, part).to(self.dtype)

    @torch.inference_mode()
    def pooled(self, windows: Sequence[Sequence[int]], progress: Progress | None = None) -> Tensor:
        """Pooled vectors (w, 2d), float32 on the processor, in the order of the windows."""
        result = torch.empty(len(windows), 2 * self.network.shape.hidden)
        order = sorted(range(len(windows)), key=lambda i: len(windows[i]))
        done = 0
        for places in _batches(order, windows):
            ids, mask = self._padded([windows[i] for i in places])
            result[places] = self.network.pool(self.network.encode(ids, mask), mask).cpu()
            done += len(places)
            if progress is not None:
                progress(done, len(windows))
        return result

    def _padded(self, windows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        width = _padded_width(len(windows[0]))
        ids = torch.full((len(windows), width), PAD)
        for row, window in enumerate(windows):
            ids[row, : len(window)] = torch.tensor(window)
        ids = ids.to(self.device)
        return ids, ids != PAD

    @torch.inference_mode()
    def judge(self, pooled: Tensor) -> dict[str, Tensor]:
        """Logits by head, float32 on the processor, for pooled texts (n, 2d)."""
        logits = self.network.judge(pooled.to(self.device))
        return {name: values.to("cpu", torch.float32) for name, values in logits.items()}


def _batches(order: Sequence[int], windows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Places in order of length. A batch holds windows of one padded width, so that what a window is
    padded to, and with it every rounding, is the same whatever it is read with."""
    batch: list[int] = []
    width = 0
    for place in order:
        needed = _padded_width(len(windows[place]))
        if batch and (needed != width or len(batch) == max(BATCH_TOKENS // needed, 1)):
            yield batch
            batch = []
        width = needed
        batch.append(place)
    if batch:
        yield batch


def _padded_width(length: int) -> int:
    return -(-length // LENGTH_STEP) * LENGTH_STEP
