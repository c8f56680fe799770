"""Migrations run online on a scratch database, and taken down, where `--sql` mode cannot say what they do."""
