"""`python -m doorward_client.command` is `doorward`."""

from doorward_client.command import main

main()
