"""What stands behind the ports of the application."""
