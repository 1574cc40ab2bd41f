"""What the credential service does: prove who one is. Knows ports, not what is behind them."""
