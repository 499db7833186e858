"""Exporters: results as Neo objects and files, as the files a model names, and as pictures."""
