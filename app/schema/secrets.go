package schema

import (
	"reflect"

	"syft-space/app/space"
)

// eachSecret replaces every secret below v, a decoded value of type t, by what
// f returns for it and its position.
func eachSecret(t reflect.Type, v any, loc []any, f func(secret string, loc []any) string) any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == secretType {
		if s, ok := v.(string); ok {
			return f(s, loc)
		}
		return v
	}
	at := func(key any) []any { return append(loc[:len(loc):len(loc)], key) }
	switch t.Kind() {
	case reflect.Struct:
		if m, ok := v.(map[string]any); ok {
			for name, field := range fieldsOf(t) {
				if child, ok := m[name]; ok {
					m[name] = eachSecret(field, child, at(name), f)
				}
			}
		}
	case reflect.Map:
		if m, ok := v.(map[string]any); ok {
			for name, child := range m {
				m[name] = eachSecret(t.Elem(), child, at(name), f)
			}
		}
	case reflect.Slice:
		if list, ok := v.([]any); ok {
			for i, child := range list {
				list[i] = eachSecret(t.Elem(), child, at(i), f)
			}
		}
	}
	return v
}

// sealer seals what a caller sent, and takes what is masked from the old form.
type sealer struct {
	vault    Vault
	problems []space.FieldError
	err      error
}

func (s *sealer) walk(t reflect.Type, raw, old map[string]any, loc []any) {
	eachSecret(t, raw, loc, func(secret string, loc []any) string {
		switch {
		case secret == "":
			return ""
		case space.IsMasked(secret):
			kept, _ := lookUp(old, loc).(string)
			refuse := func(msg string) {
				s.problems = append(s.problems, space.FieldError{Loc: loc, Type: space.TypeMasked, Msg: msg})
			}
			if kept == "" {
				refuse("a masked value means 'unchanged', but no value is stored here; send the secret itself")
			} else if field := movedAddress(raw, old, loc); field != "" {
				refuse("the stored value was given for another " + field + "; send the secret itself, or leave the address as it was")
			}
			return kept
		}
		sealed, err := s.vault.Seal(secret)
		if err != nil && s.err == nil {
			s.err = err
		}
		return sealed
	})
}

// addresses are the fields that say which server a configuration's secrets are
// sent to.
var addresses = []string{"base_url", "http_url"}

// movedAddress returns the address field that is not as it was in the object of
// the secret at loc or in one around it, "" where all are. A secret that is kept
// must not go to another server than the one it was given for: who may change a
// configuration could read it there.
func movedAddress(raw, old map[string]any, loc []any) string {
	for depth := range loc {
		now, _ := lookUp(raw, loc[:depth]).(map[string]any)
		before, _ := lookUp(old, loc[:depth]).(map[string]any)
		for _, field := range addresses {
			to, _ := now[field].(string)
			from, _ := before[field].(string)
			if to != from {
				return field
			}
		}
	}
	return ""
}

func lookUp(v any, loc []any) any {
	for _, key := range loc {
		switch node := v.(type) {
		case map[string]any:
			name, _ := key.(string)
			v = node[name]
		case []any:
			i, ok := key.(int)
			if !ok || i >= len(node) {
				return nil
			}
			v = node[i]
		default:
			return nil
		}
	}
	return v
}

// opener puts the secrets in clear into a decoded configuration.
type opener struct {
	vault Vault
	err   error
}

func (o *opener) walk(t reflect.Type, raw map[string]any) {
	eachSecret(t, raw, nil, func(sealed string, _ []any) string {
		if sealed == "" {
			return ""
		}
		plain, err := o.vault.Open(sealed)
		if err != nil && o.err == nil {
			o.err = err
		}
		return plain
	})
}

// masker replaces sealed secrets by their masked form.
type masker struct{ vault Vault }

func (m masker) walk(t reflect.Type, raw map[string]any) {
	eachSecret(t, raw, nil, func(sealed string, _ []any) string {
		if sealed == "" {
			return ""
		}
		plain, err := m.vault.Open(sealed)
		if err != nil { // the key file was lost: the secret is set, and unreadable
			return space.SecretMask
		}
		return space.Secret(plain).Masked()
	})
}
