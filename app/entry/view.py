"""What Streamlit runs: `streamlit run app/entry/view.py` with SAYSO_HOME set, or `sayso serve`.

It stands alone in its folder: Streamlit takes a `pages` folder beside its script for pages of another kind,
and puts the script's folder on the path, where modules of ours would stand in for others of that name.
"""

from app.view import draw

draw()
