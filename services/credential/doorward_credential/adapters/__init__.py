"""What the credential service needs from the outside world, on real parts."""
