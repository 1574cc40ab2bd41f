"""Personal data and secrets, sealed with a data key per account."""
