"""Payments: started, heard of, followed up, and given back.

No exchange with a provider happens within a transaction. What is to happen is written first, then asked for, then what
came of it is written; between any two of these a process may die, and `following` goes on where it was.
"""
