"""How an execution proceeds: decide, record, perform, park."""
