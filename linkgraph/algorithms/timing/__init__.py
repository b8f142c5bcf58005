"""Parts of activity: acts in time, the hours somebody lives by, when it changed, how groups went on."""
