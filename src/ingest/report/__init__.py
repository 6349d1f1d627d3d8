"""Answers for people: what a run did, what changed, how the sources stand, what waits in quarantine.

Functions here ask the warehouse and give plain data or text; the command line and the flows only show it.
"""
