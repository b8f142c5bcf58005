"""Parts of identities: which pairs are compared, in what, what each thing is worth, and who follows whom."""
