"""The gate of a shared view: nobody sees a figure before it is known that they may."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from app import cards, data, sharing, words
from app.i18n import _
from app.palette import palette
from app.sharing import Role
from pipeline.errors import ConfigError


def pass_or_stop() -> Role:
    """Let those in who may come in, and say what they may do; show the others what to do, and stop the page
    there. Whoever sits at the machine of a view that is not shared may do everything."""
    try:
        config = data.home().config
    except ConfigError as error:
        _stop(cards.empty(words.fault(error.what), error.where or "", words.fault(error.next_step or "")))
    if not sharing.is_shared(config, st.get_option("server.address")):
        return "admin"
    if not st.user.get("is_logged_in", False):
        st.button(_("Log in"), on_click=st.login, type="primary")
        _stop(cards.empty(_("This view is private"), _("Log in with an address that its owner has listed.")))
    role = sharing.role(st.user.to_dict(), config.view)
    if role is None:
        st.button(_("Log out"), on_click=st.logout)
        _stop(cards.empty(_("You are not on the list"), _("Ask the owner of this view to add your address.")))

    return role


def _stop(markup: str) -> NoReturn:
    st.html(cards.style(palette(st.context.theme.type)))
    st.html(markup)
    st.stop()
