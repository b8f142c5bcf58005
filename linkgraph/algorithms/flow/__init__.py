"""Parts of money: payments as rows, what passed on, fans, many to many, and what can have come from one to another."""
