"""What the identity service does: load an account, decide, append. Knows ports, not what is behind them."""
