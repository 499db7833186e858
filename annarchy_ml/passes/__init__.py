"""The compiler: each pass turns one immutable form of a model into the next."""
