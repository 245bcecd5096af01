// Package space is the domain of a Syft Space: its entities, the values that
// use cases and adapters exchange, and the rules that need no storage, no
// network and no clock of their own. It imports the standard library and uuid
// only, and everything else may import it.
package space
