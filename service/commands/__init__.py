"""The commands of `huiqi`, one module each; service/cli.py loads only the one that is asked for."""
