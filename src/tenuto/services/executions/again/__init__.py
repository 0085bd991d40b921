"""Runs that go on or begin anew from what another run, or their own past, has done: retries and forks."""
