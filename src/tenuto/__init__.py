"""Tenuto: durable workflows in which agents, applications and people hand work to each other."""

__version__ = "0.1.0"
