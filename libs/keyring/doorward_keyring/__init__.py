"""What proves who one is: keys, devices, passwords, revocations. Pure; arrives with the credential service."""
