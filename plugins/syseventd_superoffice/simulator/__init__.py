"""A simulated CRM installation, to watch where there is no real one. Everything in it says so."""

from syseventd_superoffice.simulator.demo import demo

__all__ = ["demo"]
