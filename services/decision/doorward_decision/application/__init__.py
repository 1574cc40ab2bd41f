"""What the decision service does: hold accounts, follow the log, decide. Knows ports, not what is behind them."""
