"""Figures of ours beside a peer's, measured in the same minute on the same machine."""
