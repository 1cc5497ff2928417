"""The way in through the WebAPI: connections, login, replies and what their failures mean."""

from syseventd_superoffice.webapi.questions import WebApi

__all__ = ["WebApi"]
