package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Difference is a place where an answer is not what was expected.
type Difference struct {
	// Path is the field ("lines[0].net_amount"); empty for the answer as a whole.
	Path string
	// Expected and Got are as a vector file would have them.
	Expected, Got string
}

func (d Difference) String() string {
	path := d.Path
	if path == "" {
		path = "answer"
	}
	return fmt.Sprintf("%s: expected %s, got %s", path, d.Expected, d.Got)
}

const absent = "absent"

// Differences are the places where a message is not what an expectation of the kit asks; only what it names is compared.
func Differences(expect any, message proto.Message) []Difference {
	return matchMessage(expect, message.ProtoReflect(), "")
}

func differs(path string, expect any, got string) []Difference {
	return []Difference{{path, text(plain(expect)), got}}
}

// node takes an expectation apart: its kind, and what it holds.
func node(expect any) (kind string, of any) {
	if object, ok := expect.(map[string]any); ok && len(object) == 1 {
		for kind, of = range object {
			return kind, of
		}
	}
	return "", nil
}

func matchMessage(expect any, message protoreflect.Message, path string) []Difference {
	kind, of := node(expect)
	named, _ := of.(map[string]any)
	switch kind {
	case "value":
		return matchValue(of, jsonOf(message), path)
	case "message":
		fields := message.Descriptor().Fields()
		for name, each := range named {
			field := fields.ByName(protoreflect.Name(name))
			if field == nil || text(each) != text(shortOne(message.Get(field), field)) {
				return differs(path, expect, text(short(message)))
			}
		}
		return nil
	case "fields":
		var found []Difference
		for _, name := range slices.Sorted(maps.Keys(named)) {
			here := strings.TrimPrefix(path+"."+name, ".")
			field := message.Descriptor().Fields().ByName(protoreflect.Name(name))
			if field == nil {
				found = append(found, Difference{here, text(plain(named[name])), "no such field"})
				continue
			}
			found = append(found, matchField(named[name], message, field, here)...)
		}
		return found
	}
	return differs(path, expect, text(short(message)))
}

func matchField(expect any, message protoreflect.Message, field protoreflect.FieldDescriptor, path string) []Difference {
	kind, of := node(expect)
	value := message.Get(field)
	if kind == "absent" {
		// Presence, or another value than the default: of lists and maps, any entry.
		if message.Has(field) {
			return []Difference{{path, absent, text(shortValue(value, field))}}
		}
		return nil
	}
	switch {
	case field.IsMap():
		named, ok := of.(map[string]any)
		if !ok || kind != "map" {
			return differs(path, expect, text(shortValue(value, field)))
		}
		return matchMap(named, value.Map(), field, path)
	case field.IsList():
		wanted, ok := of.([]any)
		if !ok {
			return differs(path, expect, text(shortValue(value, field)))
		}
		return matchList(kind, wanted, expect, value.List(), field, path)
	case field.HasPresence() && !message.Has(field):
		return differs(path, expect, absent)
	}
	return matchOne(expect, value, field, path)
}

func matchOne(expect any, value protoreflect.Value, field protoreflect.FieldDescriptor, path string) []Difference {
	if field.Message() != nil {
		return matchMessage(expect, value.Message(), path)
	}
	kind, wanted := node(expect)
	if kind == "equals" && scalarEquals(wanted, shortOne(value, field)) {
		return nil
	}
	return differs(path, expect, text(shortOne(value, field)))
}

// scalarEquals compares what JSON has with what a field has: whole numbers may be numbers or text, nothing else is the same
// in two kinds.
func scalarEquals(wanted, actual any) bool {
	switch actual := actual.(type) {
	case json.Number:
		switch wanted := wanted.(type) {
		case json.Number:
			return wanted == actual
		case string:
			return wanted == actual.String()
		}
		return false
	}
	return wanted == actual
}

func matchMap(named map[string]any, values protoreflect.Map, field protoreflect.FieldDescriptor, path string) []Difference {
	var found []Difference
	for _, key := range slices.Sorted(maps.Keys(named)) {
		here := fmt.Sprintf("%s[%s]", path, key)
		value := values.Get(protoreflect.ValueOfString(key).MapKey())
		if !value.IsValid() {
			found = append(found, differs(here, named[key], absent)...)
			continue
		}
		found = append(found, matchOne(named[key], value, field.MapValue(), here)...)
	}
	return found
}

func matchList(
	kind string, wanted []any, expect any, values protoreflect.List, field protoreflect.FieldDescriptor, path string,
) []Difference {
	shown := text(shortList(values, field))
	switch kind {
	case "list":
		if len(wanted) != values.Len() {
			return differs(path, expect, shown)
		}
		var found []Difference
		for i, each := range wanted {
			found = append(found, matchOne(each, values.Get(i), field, fmt.Sprintf("%s[%d]", path, i))...)
		}
		return found
	case "any_order", "contains":
		var found []Difference
		for _, place := range unmatched(wanted, values, field) {
			nearest := nearest(wanted[place], values, field, path)
			if nearest == nil {
				nearest = differs(path, map[string]any{kind: []any{wanted[place]}}, shown)
			}
			found = append(found, nearest...)
		}
		if kind == "any_order" && len(wanted) != values.Len() {
			found = append(found, differs(path, expect, shown)...)
		}
		return found
	}
	return differs(path, expect, shown)
}

// unmatched are the nodes without an entry of their own, in a largest matching of nodes to entries that agree.
func unmatched(wanted []any, values protoreflect.List, field protoreflect.FieldDescriptor) []int {
	holder := make(map[int]int)
	var place func(row int, tried map[int]bool) bool
	place = func(row int, tried map[int]bool) bool {
		for column := range values.Len() {
			if tried[column] || len(matchOne(wanted[row], values.Get(column), field, "")) > 0 {
				continue
			}
			tried[column] = true
			before, taken := holder[column]
			if !taken || place(before, tried) {
				holder[column] = row
				return true
			}
		}
		return false
	}
	var left []int
	for row := range wanted {
		if !place(row, make(map[int]bool)) {
			left = append(left, row)
		}
	}
	return left
}

// nearest is where the entry differs that is most like the one wanted; nil when none is much like it.
func nearest(wanted any, values protoreflect.List, field protoreflect.FieldDescriptor, path string) []Difference {
	kind, of := node(wanted)
	named, ok := of.(map[string]any)
	if !ok || kind == "value" || field.Message() == nil {
		return nil
	}
	var best []Difference
	for i := range values.Len() {
		found := matchOne(wanted, values.Get(i), field, fmt.Sprintf("%s[%d]", path, i))
		if best == nil || len(found) < len(best) {
			best = found
		}
	}
	if 2*len(best) < len(named) {
		return best
	}
	return nil
}

// matchValue compares a well-known type in its JSON form: objects may hold more keys, lists and scalars are equal.
func matchValue(expect, actual any, path string) []Difference {
	switch wanted := expect.(type) {
	case map[string]any:
		object, ok := actual.(map[string]any)
		if !ok {
			break
		}
		var found []Difference
		for _, key := range slices.Sorted(maps.Keys(wanted)) {
			here := strings.TrimPrefix(path+"."+key, ".")
			if value, ok := object[key]; ok {
				found = append(found, matchValue(wanted[key], value, here)...)
			} else {
				found = append(found, Difference{here, text(wanted[key]), absent})
			}
		}
		return found
	case []any:
		list, ok := actual.([]any)
		if !ok || len(list) != len(wanted) {
			break
		}
		var found []Difference
		for i, each := range wanted {
			found = append(found, matchValue(each, list[i], fmt.Sprintf("%s[%d]", path, i))...)
		}
		return found
	case json.Number:
		if number, ok := actual.(json.Number); ok && sameNumber(wanted, number) {
			return nil
		}
	default:
		// What JSON has beside objects, lists and numbers can be compared.
		switch actual.(type) {
		case map[string]any, []any:
		default:
			if expect == actual {
				return nil
			}
		}
	}
	return []Difference{{path, text(expect), text(actual)}}
}

func sameNumber(a, b json.Number) bool {
	left, ok := new(big.Rat).SetString(a.String())
	right, fine := new(big.Rat).SetString(b.String())
	return ok && fine && left.Cmp(right) == 0
}

func jsonOf(message protoreflect.Message) any {
	written, err := protojson.Marshal(message.Interface())
	if err != nil {
		return err.Error()
	}
	var read any
	if err := decode(written, &read); err != nil {
		return err.Error()
	}
	return read
}
