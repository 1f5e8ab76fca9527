package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/reflect/protoreflect"

	"quotary.dev/go/quotary"
)

// fields is an object whose keys keep the order of the contract.
type fields []struct {
	name  string
	value any
}

// plain is an expectation as a vector file has it, without the names of its nodes.
func plain(expect any) any {
	kind, of := node(expect)
	switch of := of.(type) {
	case map[string]any:
		if kind == "message" {
			return amountOrDay(of)
		}
		if kind == "value" {
			return of
		}
		told := make(map[string]any)
		for name, each := range of {
			told[name] = plain(each)
		}
		return told
	case []any:
		if kind == "value" {
			return of
		}
		told := make([]any, len(of))
		for i, each := range of {
			told[i] = plain(each)
		}
		if kind == "list" {
			return told
		}
		return map[string]any{kind: told}
	}
	if kind == "absent" {
		return absent
	}
	if kind == "" {
		return expect
	}
	return of
}

func amountOrDay(named map[string]any) any {
	number := func(name string) int64 {
		parsed, _ := strconv.ParseInt(fmt.Sprint(named[name]), 10, 64)
		return parsed
	}
	if code, ok := named["currency_code"].(string); ok {
		return quotary.MoneyText(&money.Money{CurrencyCode: code, Units: number("units"), Nanos: int32(number("nanos"))})
	}
	if named["year"] != nil && named["month"] != nil && named["day"] != nil {
		return fmt.Sprintf("%04d-%02d-%02d", number("year"), number("month"), number("day"))
	}
	return named
}

// short is a message as a vector file would have it: what is set, dates and amounts in their short forms.
func short(message protoreflect.Message) any {
	switch known := message.Interface().(type) {
	case *money.Money:
		return quotary.MoneyText(known)
	case *date.Date:
		return fmt.Sprintf("%04d-%02d-%02d", known.GetYear(), known.GetMonth(), known.GetDay())
	}
	if message.Descriptor().FullName().Parent() == "google.protobuf" {
		return jsonOf(message)
	}
	var told fields
	of := message.Descriptor().Fields()
	for i := range of.Len() {
		if field := of.Get(i); message.Has(field) {
			told = append(told, struct {
				name  string
				value any
			}{string(field.Name()), shortValue(message.Get(field), field)})
		}
	}
	return told
}

func shortValue(value protoreflect.Value, field protoreflect.FieldDescriptor) any {
	switch {
	case field.IsMap():
		told := make(map[string]any)
		value.Map().Range(func(key protoreflect.MapKey, each protoreflect.Value) bool {
			told[key.String()] = shortOne(each, field.MapValue())
			return true
		})
		return told
	case field.IsList():
		return shortList(value.List(), field)
	}
	return shortOne(value, field)
}

func shortList(values protoreflect.List, field protoreflect.FieldDescriptor) any {
	told := make([]any, values.Len())
	for i := range told {
		told[i] = shortOne(values.Get(i), field)
	}
	return told
}

// shortOne is a scalar as JSON has it, whole numbers as json.Number, or a message.
func shortOne(value protoreflect.Value, field protoreflect.FieldDescriptor) any {
	switch field.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return short(value.Message())
	case protoreflect.EnumKind:
		if known := field.Enum().Values().ByNumber(value.Enum()); known != nil {
			return string(known.Name())
		}
		return json.Number(fmt.Sprint(value.Enum()))
	case protoreflect.BoolKind:
		return value.Bool()
	case protoreflect.StringKind:
		return value.String()
	}
	return json.Number(fmt.Sprint(value.Interface()))
}

// text is a value in one line, as it would stand in a vector file.
func text(value any) string {
	switch value := value.(type) {
	case nil:
		return "nothing"
	case fields:
		var told []string
		for _, each := range value {
			told = append(told, each.name+": "+text(each.value))
		}
		return "{" + strings.Join(told, ", ") + "}"
	case map[string]any:
		var told []string
		for _, name := range slices.Sorted(maps.Keys(value)) {
			told = append(told, name+": "+text(value[name]))
		}
		return "{" + strings.Join(told, ", ") + "}"
	case []any:
		var told []string
		for _, each := range value {
			told = append(told, text(each))
		}
		return "[" + strings.Join(told, ", ") + "]"
	case string:
		if value == "" || strings.TrimSpace(value) != value || strings.ContainsAny(value, ",[]{}") {
			var quoted strings.Builder
			encoder := json.NewEncoder(&quoted)
			encoder.SetEscapeHTML(false)
			_ = encoder.Encode(value)
			return strings.TrimSuffix(quoted.String(), "\n")
		}
		return value
	}
	return fmt.Sprint(value)
}
