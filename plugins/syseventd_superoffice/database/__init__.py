"""The way in through an installation's database, where nothing is ever written.

`questions.Database` answers, `settings.DatabaseSettings` is what is configured of it.
"""
