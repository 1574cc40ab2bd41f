"""What proves who one is: keys, devices, passwords, revocations (the credential log). Pure."""
