"""The faces of sayso: the command line and the Streamlit view."""
