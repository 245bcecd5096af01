package policies

// publicFields adds to what a policy publishes whom it applies to, where that
// is everybody: patterns name people.
func publicFields(appliedTo []string, fields map[string]any) map[string]any {
	if everyone(appliedTo) {
		fields["applied_to"] = appliedTo
	}
	return fields
}
