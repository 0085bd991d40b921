"""Runs that are run again: opened anew, or begun with a part of another one."""
