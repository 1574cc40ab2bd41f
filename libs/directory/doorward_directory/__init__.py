"""What an account holds: for each thing its events, state, fold and decisions. Pure, but for data of `shipped`."""
