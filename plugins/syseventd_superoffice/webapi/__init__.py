"""The way in through the WebAPI: connections, login, replies and what their failures mean."""
