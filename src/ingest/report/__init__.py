"""Answers for people: what a run did, what changed, how the sources stand, what waits in quarantine.

Functions here query the warehouse and return plain data or text. The command line and the flows only show it.
"""
