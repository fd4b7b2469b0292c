package schema_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestIdioms has the ways in which Otomi's schemas of three years say things.
func TestIdioms(t *testing.T) {
	for _, test := range []struct {
		name, schema string
		good         []string
		bad          map[string]string // values, and what is said of them
	}{{
		name:   "nullable of OpenAPI, where null has a meaning",
		schema: `properties: {host: {type: string, nullable: true, x-null: keep, pattern: "^[a-z.]+$"}, mode: {enum: [on-demand, always], nullable: true, x-null: keep}}`,
		good:   []string{`{host: null, mode: null}`, `{host: acme.io, mode: always}`},
		bad: map[string]string{
			`{host: 1}`:     `host: want null or a string, have the integer 1`,
			`{mode: alway}`: `mode: want one of "on-demand", "always", null, have the string "alway" (did you mean "always"?)`,
		},
	}, {
		name: "const names the branch: the key of a vault",
		schema: `
properties:
  kms:
    oneOf:
      - {properties: {provider: {const: aws}, region: {type: string}}, required: [provider, region], additionalProperties: false}
      - {properties: {provider: {const: azure}, tenant: {type: string}}, required: [provider, tenant], additionalProperties: false}`,
		good: []string{`{kms: {provider: aws, region: eu}}`, `{kms: {provider: azure, tenant: x}}`},
		bad: map[string]string{
			`{kms: {provider: aws}}`:                        `kms.region: required value "region" is missing`,
			`{kms: {provider: aws, region: eu, tenant: x}}`: `kms.tenant: unknown value "tenant" (known here: provider, region)`,
			`{kms: {provider: gcp, region: eu}}`:            `kms.provider: want one of "aws", "azure", have the string "gcp"`,
		},
	}, {
		name: "either, or, or none of the two",
		schema: `
properties: {dns: {type: object, properties: {aws: {type: object}, azure: {type: object}, ttl: {}},
  oneOf: [{required: [aws]}, {required: [azure]}, {not: {anyOf: [{required: [aws]}, {required: [azure]}]}}]}}`,
		good: []string{`{dns: {aws: {}}}`, `{dns: {azure: {}, ttl: 1}}`, `{dns: {ttl: 1}}`},
		bad: map[string]string{
			`{dns: {aws: {}, azure: {}}}`: `dns: the value fits more than one of the alternatives, where one is wanted: number 1, number 2`,
		},
	}, {
		name: "definitions inside of definitions",
		schema: `
properties: {key: {$ref: "#/definitions/aws/definitions/secretKey"}}
definitions: {aws: {type: object, definitions: {secretKey: {type: string, minLength: 4}}}}`,
		good: []string{`{key: long}`},
		bad:  map[string]string{`{key: no1}`: `key: want at least 4 characters, have 3`},
	}, {
		name: "keywords beside a reference, in draft 7",
		schema: `
$schema: http://json-schema.org/draft-07/schema#
properties: {port: {$ref: "#/definitions/port", maximum: 1023, description: A port that needs a right.}}
definitions: {port: {type: integer, minimum: 1, maximum: 65535, description: A port.}}`,
		good: []string{`{port: 80}`},
		bad:  map[string]string{`{port: 8080}`: `port: want at most 1023, have the integer 8080`, `{port: 0}`: `port: want at least 1, have the integer 0`},
	}, {
		name: "keys by pattern, and no others",
		schema: `
properties:
  ingress: {patternProperties: {"^ingress-nginx-[a-z]+$": {properties: {replicas: {type: integer}}}}, additionalProperties: false}
  env: {propertyNames: {pattern: "^[A-Z_]+$"}, additionalProperties: {type: string}}`,
		good: []string{`{ingress: {ingress-nginx-blue: {replicas: 1}}, env: {A_B: x}}`},
		bad: map[string]string{
			`{ingress: {ingress-nginx-blue: {replicas: two}}}`: `ingress.ingress-nginx-blue.replicas: want an integer, have the string "two"`,
			`{ingress: {ingress-ngnix-blue: {}}}`:              `ingress.ingress-ngnix-blue: unknown value "ingress-ngnix-blue"`,
			`{env: {a: x, B: 1}}`: `env.a: the key "a" is not allowed: want a string that matches ^[A-Z_]+$, have the string "a"` + "\n" +
				`env.B: want a string, have the integer 1 (write it in quotes)`,
		},
	}, {
		name:   "words for people are no rules",
		schema: `{title: T, properties: {id: {type: string, readOnly: true, example: x, examples: [x], title: Id, x-acl: {team: [read]}, x-message: m}}}`,
		good:   []string{`{id: anything}`},
		bad:    map[string]string{`{id: [x]}`: `id: want a string, have a list`},
	}, {
		name:   "draft 2020-12",
		schema: `{$schema: "https://json-schema.org/draft/2020-12/schema", $ref: "#/$defs/base", unevaluatedProperties: false, properties: {b: {}}, $defs: {base: {properties: {name: {type: string}}}}}`,
		good:   []string{`{name: x, b: 1}`},
		bad:    map[string]string{`{nam: x}`: `nam: unknown value "nam" (did you mean "name"?)`},
	}, {
		name:   "all errors at once",
		schema: `{required: [a, b], properties: {a: {type: integer}, b: {}, c: {enum: [x]}, d: {items: {type: string}}}, additionalProperties: false}`,
		bad: map[string]string{
			`{a: x, c: z, d: [1, a, 2], f: 1}`: `b: required value "b" is missing` + "\n" + `a: want an integer, have the string "x"` + "\n" +
				`c: want "x", have the string "z"` + "\n" + `d[0]: want a string, have the integer 1 (write it in quotes)` + "\n" +
				`d[2]: want a string, have the integer 2 (write it in quotes)` + "\n" + `f: unknown value "f" (known here: a, apps, b, c, d)`,
		},
	}} {
		t.Run(test.name, func(t *testing.T) {
			s := unite(t, test.schema)
			for _, text := range test.good {
				if findings := s.Check(merge(t, s, text)); len(findings) > 0 {
					t.Errorf("Check(%s) = %v, want no findings", text, findings)
				}
			}
			for text, want := range test.bad {
				var got []string
				for _, f := range s.Check(merge(t, s, text)) {
					_, message, _ := strings.Cut(f.String(), ": ")
					got = append(got, message)
				}
				if diff := cmp.Diff(strings.Split(want, "\n"), got); diff != "" {
					t.Errorf("Check(%s) (-want +got):\n%s", text, diff)
				}
			}
		})
	}
}
