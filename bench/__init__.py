"""How fast it is: one script per workload, other engines beside us, and a table of what was seen. Benchmarks are not tests."""
