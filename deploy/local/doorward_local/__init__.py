"""Everything on one machine: the real components, started and watched."""
