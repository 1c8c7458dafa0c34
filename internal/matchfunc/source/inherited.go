package source

import "strings"

// The names of what values inherit in JavaScript. Nobody may change them.
var (
	ObjectNames = strings.Fields("__defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__ __proto__ " +
		"constructor hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString " +
		"toString valueOf")
	TextNames = strings.Fields("anchor at big blink bold charAt charCodeAt codePointAt concat endsWith fixed " +
		"fontcolor fontsize includes indexOf isWellFormed italics lastIndexOf link " +
		"localeCompare match matchAll normalize padEnd padStart repeat replace replaceAll " +
		"search slice small split startsWith strike sub substr substring sup " +
		"toLocaleLowerCase toLocaleUpperCase toLowerCase toUpperCase toWellFormed trim " +
		"trimEnd trimLeft trimRight trimStart")
	ListNames = strings.Fields("at concat copyWithin entries every fill filter find findIndex findLast findLastIndex " +
		"flat flatMap forEach includes indexOf join keys lastIndexOf map pop push reduce " +
		"reduceRight reverse shift slice some sort splice toReversed toSorted toSpliced " +
		"unshift values with")
	// MatchNames are what the array of a match has besides its elements.
	MatchNames  = strings.Fields("index input groups indices")
	NumberNames = strings.Fields("toExponential toFixed toPrecision")
)
