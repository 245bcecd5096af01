package parse

import (
	"errors"
	"fmt"
)

// Reason says why a file could not be read.
type Reason uint8

// The reasons.
const (
	Damaged     Reason = iota // not what its extension says, or cut short
	Unsupported               // no parser for the extension
	Empty                     // no bytes
	NoText                    // read well, but without text
	Locked                    // needs a password, or is protected
	TooLarge                  // beyond one of the limits
	TimedOut                  // took longer than the limit
	Crashed                   // the parser broke down over it
	Unreadable                // the operating system would not let us read it
)

// Error is why a file could not be parsed. Detail is a sentence that a person
// can act on; it does not name the file. Cause is for the log.
type Error struct {
	Reason Reason
	Detail string
	Cause  error
}

// Error returns the detail, followed by the cause where there is one.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Detail + ": " + e.Cause.Error()
	}
	return e.Detail
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// ReasonOf returns the reason of the first Error in err's chain, Damaged where
// there is none.
func ReasonOf(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return Damaged
}

// fail makes an Error without a cause.
func fail(reason Reason, format string, args ...any) *Error {
	return &Error{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// because makes an Error of what a library said.
func because(cause error, reason Reason, format string, args ...any) *Error {
	return &Error{Reason: reason, Detail: fmt.Sprintf(format, args...), Cause: cause}
}

// tooMuchText makes the Error of a file with more than limit bytes of text.
func tooMuchText(limit int64) *Error {
	return tooMuchBytes(limit, "The file holds more than %s of text; split it into smaller files.")
}

// tooMuchBytes makes the Error of a limit, in whole mebibytes where it has some.
func tooMuchBytes(limit int64, format string) *Error {
	if limit >= 1<<20 {
		return fail(TooLarge, format, fmt.Sprintf("%d MiB", limit>>20))
	}
	return fail(TooLarge, format, fmt.Sprintf("%d bytes", limit))
}
