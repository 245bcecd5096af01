package app

// Version is this program's version; releases set it with -ldflags.
var Version = "0.1.0-dev"
