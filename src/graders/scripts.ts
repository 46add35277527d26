/** Scripts that part words by nothing, as the inside of a class of a regular expression: any place is a bound. @module */
export const UNPARTED =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}";
