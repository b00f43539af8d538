package schema

// The keywords of our own in a push.schema.json. To JSON Schema they are
// annotations; here they say what its keywords cannot.
const (
	// keySource is the address of the document behind a subschema and what
	// stands in it, up to the next one.
	keySource = "x-source"
	// keyDocumented says in words what is documented, where the words made of
	// the schema would not do.
	keyDocumented = "x-documented"
	// keyUnit, of an integer that counts Unix time, is "s" or "ms". A time that
	// is out by a thousand is the rule time_unit.
	keyUnit = "x-unit"
	// keyBelongs is the pointer at which this member is documented. Where it
	// stands instead it is known, and the rule misplaced: a warning, strictly an
	// error. Then it is not also missing where it belongs.
	keyBelongs = "x-belongs"
	// keyTolerated lists words that only some documents have, beside an enum:
	// the lenient reading takes them, the strict one does not.
	keyTolerated = "x-tolerated"
	// keyAdvisory lists names of required members on which the documents
	// disagree, or that were only seen in every push: when one is missing the
	// lenient reading warns.
	keyAdvisory = "x-advisory"
	// keyZeroIsAbsent, true at the top, says that 0 and "" mean no more than
	// nothing in an optional member.
	keyZeroIsAbsent = "x-zero-is-absent"
)

// The keywords of the extension that walks objects and lists, see each.go, and
// the marks that the rewriter leaves for the words of a violation.
const (
	eachMember = "x-each-member" // as "properties"
	eachValue  = "x-each-value"  // as "additionalProperties"
	eachItem   = "x-each-item"   // as "items"
	eachMore   = "x-each-more"   // no keyword: not all were looked at

	markEnum     = "x-documented-enum" // the enum before it was widened
	markType     = "x-documented-type" // the type before "integer" became a format
	markOptional = "x-optional"        // the object that holds it does not require it
)

// word is a keyword whose value is a text; "" when it is not there or no text.
func word(s map[string]any, keyword string) string {
	text, _ := s[keyword].(string)
	return text
}
