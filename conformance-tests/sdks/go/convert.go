package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	smithydocument "github.com/aws/smithy-go/document"
)

var (
	documentType = reflect.TypeOf((*document.Interface)(nil)).Elem()
	timeType     = reflect.TypeOf(time.Time{})
	bytesType    = reflect.TypeOf([]byte(nil))
)

type object = map[string]any

// read fills a value of the SDK from the protocol's normal form.
func read(target reflect.Value, value any) error {
	if value == nil {
		return nil
	}
	kind := target.Type()
	switch {
	case kind == documentType:
		target.Set(reflect.ValueOf(document.NewLazyDocument(plain(value))))
		return nil
	case kind == bytesType:
		data, err := base64.StdEncoding.DecodeString(fmt.Sprint(value.(object)["$base64"]))
		target.SetBytes(data)
		return err
	case kind == timeType:
		at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(value.(object)["$time"]))
		target.Set(reflect.ValueOf(at))
		return err
	}
	switch kind.Kind() {
	case reflect.Pointer:
		inner := reflect.New(kind.Elem())
		target.Set(inner)
		return read(inner.Elem(), value)
	case reflect.Interface:
		return readUnion(target, value)
	case reflect.Struct:
		return readStruct(target, value)
	case reflect.Slice:
		items := value.([]any)
		list := reflect.MakeSlice(kind, len(items), len(items))
		target.Set(list)
		for index, item := range items {
			if err := read(list.Index(index), item); err != nil {
				return err
			}
		}
		return nil
	case reflect.Map:
		members := reflect.MakeMap(kind)
		target.Set(members)
		for name, member := range value.(object) {
			inner := reflect.New(kind.Elem()).Elem()
			if err := read(inner, member); err != nil {
				return err
			}
			members.SetMapIndex(reflect.ValueOf(name), inner)
		}
		return nil
	case reflect.String:
		target.SetString(value.(string))
		return nil
	case reflect.Bool:
		target.SetBool(value.(bool))
		return nil
	case reflect.Int32, reflect.Int64:
		number, err := value.(json.Number).Int64()
		target.SetInt(number)
		return err
	case reflect.Float32, reflect.Float64:
		number, err := value.(json.Number).Float64()
		target.SetFloat(number)
		return err
	default:
		return fmt.Errorf("no way to read a %s", kind)
	}
}

func readUnion(target reflect.Value, value any) error {
	for name, member := range value.(object) {
		kind, known := unionMembers[target.Type().Name()+"Member"+upperFirst(name)]
		if !known {
			return fmt.Errorf("%s has no member %s", target.Type(), name)
		}
		union := reflect.New(kind)
		if err := read(union.Elem().FieldByName("Value"), member); err != nil {
			return err
		}
		target.Set(union)
	}
	return nil
}

func readStruct(target reflect.Value, value any) error {
	for name, member := range value.(object) {
		field := target.FieldByName(upperFirst(name))
		if !field.IsValid() {
			return fmt.Errorf("%s has no member %s", target.Type(), name)
		}
		if err := read(field, member); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// plain is a document without json.Number, which the SDK would take for a string.
func plain(value any) any {
	switch value := value.(type) {
	case object:
		members := make(object, len(value))
		for name, member := range value {
			members[name] = plain(member)
		}
		return members
	case []any:
		items := make([]any, len(value))
		for index, item := range value {
			items[index] = plain(item)
		}
		return items
	case json.Number:
		if number, err := value.Int64(); err == nil {
			return number
		}
		number, _ := value.Float64()
		return number
	default:
		return value
	}
}

// show brings a value of the SDK into the protocol's normal form; nil stands for an absent member.
func show(value reflect.Value) any {
	if !value.IsValid() {
		return nil
	}
	switch inner := value.Interface().(type) {
	case *types.UnknownUnionMember:
		return object{"$unknown": inner.Tag}
	case time.Time:
		return object{"$time": inner.UTC().Format(time.RFC3339Nano)}
	case []byte:
		if inner == nil {
			return nil
		}
		return object{"$base64": base64.StdEncoding.EncodeToString(inner)}
	case smithydocument.Number:
		return json.Number(inner.String())
	case document.Interface:
		var tree any
		if err := inner.UnmarshalSmithyDocument(&tree); err != nil {
			return object{"$undecodable": err.Error()}
		}
		return show(reflect.ValueOf(tree))
	}
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		if value.IsNil() {
			return nil
		}
		return show(value.Elem())
	case reflect.Struct:
		return showStruct(value)
	case reflect.Slice:
		if value.IsNil() {
			return nil
		}
		items := make([]any, value.Len())
		for index := range items {
			items[index] = show(value.Index(index))
		}
		return items
	case reflect.Map:
		if value.IsNil() {
			return nil
		}
		members := make(object, value.Len())
		for _, name := range value.MapKeys() {
			members[name.String()] = show(value.MapIndex(name))
		}
		return members
	case reflect.String:
		// An enumeration that is not set.
		if value.Len() == 0 && value.Type().PkgPath() != "" {
			return nil
		}
		return value.String()
	default:
		return value.Interface()
	}
}

func showStruct(value reflect.Value) any {
	if _, union, found := strings.Cut(value.Type().Name(), "Member"); found && unionMembers[value.Type().Name()] != nil {
		return object{lowerFirst(union): show(value.FieldByName("Value"))}
	}
	members := object{}
	for index := range value.NumField() {
		field := value.Type().Field(index)
		if !field.IsExported() || field.Name == "ResultMetadata" {
			continue
		}
		if member := show(value.Field(index)); member != nil {
			members[lowerFirst(field.Name)] = member
		}
	}
	return members
}

func upperFirst(name string) string {
	return strings.ToUpper(name[:1]) + name[1:]
}

func lowerFirst(name string) string {
	return strings.ToLower(name[:1]) + name[1:]
}
