"""A network described in words, tables and equations, as Markdown or LaTeX."""
