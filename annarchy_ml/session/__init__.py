"""What ``api`` is made of: lowering with its cache, simulations under control, inspection."""
