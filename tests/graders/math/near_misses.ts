/** Pairs of answers that say the same, and pairs that nearly do, by kind; at least as many of these. @module */

/** Answers of a kind. */
export interface Kind {
  readonly equal: readonly (readonly [string, string])[];
  readonly different: readonly (readonly [string, string])[];
}

const s = String.raw;

export const KINDS: Readonly<Record<string, Kind>> = {
  integers: {
    equal: [["7", "+7"], ["-3", "−3"], ["0", "-0"], ["12", "12."], ["007", "7"], [
      "5",
      s`\text{5}`,
    ]],
    different: [["7", "-7"], ["7", "8"], ["70", "7"], ["12", "21"], ["1", "11"], ["5", "5!"]],
  },
  fractions: {
    equal: [
      [s`\frac34`, "3/4"],
      [s`\frac{6}{8}`, s`\frac{3}{4}`],
      [s`-\frac{1}{2}`, s`\frac{-1}{2}`],
      [s`\frac{1}{-2}`, "-1/2"],
      [s`\dfrac{10}{5}`, "2"],
      [s`\frac1{12}`, s`\tfrac{1}{12}`],
    ],
    different: [
      ["3/4", "4/3"],
      [s`\frac{1}{2}`, s`-\frac{1}{2}`],
      [s`\frac{1}{3}`, s`\frac{1}{30}`],
      [s`\frac12`, "12"],
      [s`\frac{7}{10}`, "7"],
      [s`\frac{22}{7}`, s`\pi`],
    ],
  },
  mixed_numbers: {
    equal: [[s`3\frac12`, "7/2"], ["2 3/4", "11/4"], [s`-1\frac{1}{3}`, s`-\frac43`], [
      s`5\frac{2}{5}`,
      "5.4",
    ]],
    different: [[s`3\frac12`, s`\frac32`], ["2 3/4", "2"], ["2 3/4", "3/4"], [
      s`-1\frac13`,
      s`-\frac23`,
    ], ["1 1/2", "11/2"]],
  },
  decimals: {
    equal: [["0.5", ".5"], ["2.50", "2.5"], ["1/3", "0.3333333"], ["0.125", s`\frac18`], [
      "1.0",
      "1",
    ], ["3.1415927", s`\pi`]],
    different: [
      ["0.5", "0.05"],
      ["1/3", "0.33"],
      ["3.14", s`\pi`],
      ["2.5", "25"],
      ["0.1", "0.11"],
      ["1.41", s`\sqrt2`],
      [".4", "4"],
    ],
  },
  repeating: {
    equal: [[s`0.\overline{27}`, s`\frac{3}{11}`], [s`0.8\overline{3}`, "5/6"], [
      s`1.\overline{6}`,
      "5/3",
    ], [s`0.\dot{3}`, "1/3"]],
    different: [[s`0.\overline{27}`, "0.27"], [s`0.8\overline{3}`, s`0.\overline{83}`], [
      s`0.\overline{9}`,
      "0.9",
    ], [s`1.\overline{6}`, "1.6"]],
  },
  thousands: {
    equal: [["12,500", "12500"], [s`1{,}000{,}000`, "1000000"], [s`3,\!600`, "3600"], [
      "1,234.5",
      "1234.5",
    ]],
    different: [["12,500", "12.5"], ["1,000", "1"], ["(1,000)", "1000"], ["1, 2, 3", "123"], [
      "2,50",
      "250",
    ]],
  },
  scientific: {
    equal: [
      [s`2.5\times10^3`, "2500"],
      ["3e8", s`3 \cdot 10^{8}`],
      [s`1.2\times 10^{-2}`, "0.012"],
      [s`10^{6}`, "1000000"],
    ],
    different: [[s`2.5\times10^3`, s`2.5\times10^{-3}`], ["3e8", "3e7"], [s`10^{6}`, s`6^{10}`], [
      s`10^{6}`,
      "60",
    ]],
  },
  percent: {
    equal: [[s`25\%`, "25%"], [s`25\%`, "0.25"], [s`25\%`, "25"], [s`12.5\%`, s`\frac18`], [
      s`150\%`,
      "1.5",
    ], ["30 percent", s`30\%`]],
    different: [[s`25\%`, s`2.5\%`], [s`25\%`, "0.025"], ["0.25", s`0.25\%`], [s`12.5\%`, "1.25"], [
      s`5\%`,
      s`\frac{1}{2}`,
    ], [s`25\%`, s`75\%`]],
  },
  powers_and_roots: {
    equal: [
      [s`2^{10}`, "1024"],
      [s`\sqrt{50}`, s`5\sqrt{2}`],
      [s`\frac{1}{\sqrt{3}}`, s`\frac{\sqrt3}{3}`],
      [s`\sqrt[3]{27}`, "3"],
      [s`8^{2/3}`, "4"],
      [s`\sqrt{3+2\sqrt2}`, s`1+\sqrt2`],
      [s`\sqrt[3]{-8}`, "-2"],
    ],
    different: [
      [s`2^{10}`, "20"],
      [s`\sqrt{50}`, s`2\sqrt{5}`],
      [s`\frac{1}{\sqrt{3}}`, s`\sqrt3`],
      [s`\sqrt[3]{27}`, s`3\sqrt{27}`],
      [s`8^{2/3}`, s`8^{3/2}`],
      [s`\sqrt{2}+\sqrt{3}`, s`\sqrt{5}`],
      [s`\sqrt{16}`, s`\pm 4`],
    ],
  },
  factorials: {
    equal: [["5!", "120"], [s`\binom{6}{2}`, "15"], [s`\frac{10!}{8!}`, "90"], [
      "2 \\cdot 3!",
      "12",
    ]],
    different: [["5!", "5"], [s`\binom{6}{2}`, s`\binom{6}{3}`], [
      s`\frac{100!}{98!}`,
      s`\frac{100!}{99!}`,
    ], ["(3!)!", "3!"]],
  },
  huge: {
    equal: [[s`2^{1000}`, s`4^{500}`], [s`\frac{50!}{49!}`, "50"], [
      s`7^{7^{7^{7}}}`,
      s`7^{7^{7^{7}}}`,
    ], ["10^{50}+1", "1+10^{50}"]],
    different: [
      [s`2^{1000}`, s`2^{1001}`],
      ["10^{50}", "10^{50}+1"],
      [s`7^{7^{7^{7}}}`, s`7^{7^{7^{6}}}`],
      [s`\frac{1}{10^{40}}`, s`\frac{1}{10^{41}}`],
      ["10^{-30}", "0"],
    ],
  },
  constants: {
    equal: [
      [s`\frac{\pi}{2}`, "pi/2"],
      [s`2\pi`, s`\pi\cdot 2`],
      [s`e^2`, s`\exp(2)`],
      [s`\ln(e^3)`, "3"],
      [s`i^2`, "-1"],
      [s`\log_{10} 100`, "2"],
    ],
    different: [
      [s`\frac{\pi}{2}`, s`\frac{2}{\pi}`],
      [s`2\pi`, s`\pi^2`],
      [s`e^2`, s`2e`],
      [s`\ln 3`, s`\log_{10} 3`],
      ["i", "1"],
      [s`\pi`, s`-\pi`],
    ],
  },
  trigonometry: {
    equal: [
      [s`\sin\frac{\pi}{6}`, "1/2"],
      [s`\cos 60^\circ`, "0.5"],
      [s`\sin^2 x+\cos^2 x`, "1"],
      [s`\tan^{-1} 1`, s`\frac{\pi}{4}`],
      [s`\arcsin\frac12`, s`\frac{\pi}{6}`],
    ],
    different: [
      [s`\sin\frac{\pi}{6}`, s`\cos\frac{\pi}{6}`],
      [s`\cos 60^\circ`, s`\cos 60`],
      [s`\sin^2 x-\cos^2 x`, "1"],
      [s`\tan^{-1} 1`, s`\frac{1}{\tan 1}`],
      [s`\sin 2x`, s`2\sin x`],
    ],
  },
  algebra: {
    equal: [
      ["(x+1)^2", "x^2+2x+1"],
      [s`\frac{x^2-4}{x-2}`, "x+2"],
      ["a(b+c)", "ab+ac"],
      ["2xy", "2yx"],
      [s`\frac{1}{1+\frac1x}`, s`\frac{x}{x+1}`],
      ["x^2 y^3", "y^3x^2"],
    ],
    different: [
      ["(x+1)^2", "x^2+1"],
      [s`\frac{x^2-4}{x-2}`, "x-2"],
      ["a(b+c)", "ab+c"],
      ["2xy", "2x+y"],
      ["x-y", "y-x"],
      ["x^2 y^3", "x^3y^2"],
      [s`\sqrt{x^2}`, "x"],
      ["2x", "x"],
    ],
  },
  symbols: {
    equal: [["x_1", "x_{1}"], [s`\alpha+\beta`, s`\beta+\alpha`], ["f(x)", "f(x)"], [
      s`a_n`,
      s`a_{n}`,
    ]],
    different: [["x_1", "x_2"], [s`\alpha`, s`\beta`], ["f(x)", "f(y)"], ["f(x)", "g(x)"], [
      "x",
      "X",
    ]],
  },
  tuples: {
    equal: [["(1,2)", "(1, 2)"], [s`\left(\frac12,0\right)`, "(0.5,0)"], ["(x,y)=(1,2)", "(1,2)"], [
      "(1;2)",
      "(1,2)",
    ]],
    different: [["(1,2)", "(2,1)"], ["(1,2)", "(1,-2)"], ["(1,2)", "(1,2,3)"], [
      s`\{1,2\}`,
      "(1,2)",
    ], ["(3,4)", "(3,4.5)"]],
  },
  sets_and_lists: {
    equal: [
      [s`\{1,2,3\}`, s`\{3,2,1\}`],
      ["1, 2", "2, 1"],
      ["1 and 2", "1, 2"],
      [s`\{1,1,2\}`, s`\{1,2\}`],
      ["x=1, x=2", "1, 2"],
      [s`x=1 \text{ or } x=2`, s`\{1,2\}`],
    ],
    different: [
      [s`\{1,2,3\}`, s`\{1,2\}`],
      ["1, 2", "1, 3"],
      ["1, 2", "1"],
      [s`\{1,2\}`, s`\{1,-2\}`],
      ["x=2, y=3", "x=3, y=2"],
      [s`x=2 \text{ or } x=3`, "x=2, y=3"],
    ],
  },
  plus_minus: {
    equal: [[s`\pm 3`, "3, -3"], [s`2\pm\sqrt3`, s`2+\sqrt3, 2-\sqrt3`], [s`x=\pm1`, s`\{-1,1\}`]],
    different: [[s`\pm 3`, "3"], [s`2\pm\sqrt3`, s`2+\sqrt3`], [s`\pm 1`, s`\pm 2`], [
      s`x=\pm1`,
      s`\{0,1\}`,
    ]],
  },
  intervals: {
    equal: [
      ["[0,1)", "[0, 1)"],
      ["x>2", s`(2,\infty)`],
      [s`x\le 3`, s`(-\infty,3]`],
      ["1<x<4", "(1,4)"],
      [s`(-\infty,0)\cup(0,\infty)`, s`x\ne0`],
      [s`[1,2]\cup[2,3]`, "[1,3]"],
      ["3>x", "x<3"],
      ["-2x>4", "x<-2"],
    ],
    different: [
      ["[0,1)", "[0,1]"],
      ["x>2", "x<2"],
      [s`x\le 3`, "x<3"],
      ["1<x<4", "[1,4]"],
      [s`(-\infty,0)\cup(0,\infty)`, s`(-\infty,\infty)`],
      [s`[1,2]\cup(2,3]`, "[1,2]"],
      ["x>2", "y>2"],
      [s`(0,1)\cup(1,2)`, "(0,2)"],
      ["(1,4)", "(1,5)"],
    ],
  },
  equations: {
    equal: [
      ["x=5", "5"],
      ["y=2x+1", "y=1+2x"],
      ["2x+2y=4", "x+y=2"],
      ["x^2+y^2=4", "y^2=4-x^2"],
      ["f(x)=x^2", "x^2"],
      ["A=12", "12"],
    ],
    different: [
      ["x=5", "y=5"],
      ["y=2x+1", "y=2x-1"],
      ["x+y=2", "2"],
      ["x^2+y^2=4", "x^2-y^2=4"],
      ["n=3k", "3"],
      ["x=5", "-5"],
      ["x+y=2", "x+y=3"],
    ],
  },
  matrices: {
    equal: [
      [s`\begin{pmatrix}1&2\\3&4\end{pmatrix}`, s`\begin{bmatrix}1&2\\3&4\end{bmatrix}`],
      [s`\begin{pmatrix}1\\2\end{pmatrix}`, "(1,2)"],
      [s`\begin{pmatrix}0.5&1\end{pmatrix}`, s`\begin{pmatrix}\frac12&1\end{pmatrix}`],
    ],
    different: [
      [s`\begin{pmatrix}1&2\\3&4\end{pmatrix}`, s`\begin{pmatrix}1&3\\2&4\end{pmatrix}`],
      [s`\begin{pmatrix}1\\2\end{pmatrix}`, s`\begin{pmatrix}1&2\end{pmatrix}`],
      [s`\begin{pmatrix}1&2\\3&4\end{pmatrix}`, s`\begin{pmatrix}1&2\\3&-4\end{pmatrix}`],
    ],
  },
  units: {
    equal: [
      [s`5\text{ cm}`, "5"],
      [s`5\text{ km}`, s`5000\text{ m}`],
      ["12 apples", s`12\text{ apples}`],
      [s`3\text{ hours}`, s`180\text{ minutes}`],
      [s`16\text{ cm}^2`, "16"],
      [s`\$5`, "5"],
    ],
    different: [
      [s`5\text{ cm}`, s`5\text{ m}`],
      [s`5\text{ km}`, s`500\text{ m}`],
      ["2 apples", "2 oranges"],
      [s`3\text{ hours}`, s`3\text{ minutes}`],
      [s`16\text{ cm}^2`, s`16\text{ cm}`],
      [s`\$5`, s`50\text{ cents}`],
    ],
  },
  angles: {
    equal: [[s`45^\circ`, "45"], [s`90^\circ`, s`\frac{\pi}{2}`], [
      s`30 \text{ degrees}`,
      s`30^\circ`,
    ]],
    different: [[s`45^\circ`, "54"], [s`90^\circ`, s`\pi`], [s`60^\circ`, s`30^\circ`], [
      s`\frac{\pi}{4}`,
      "45",
    ]],
  },
  bases: {
    equal: [["101_2", "101_{2}"], ["1021_3", "1021"], ["(77)_8", "77_8"]],
    different: [["101_2", "101_3"], ["101_2", "5"], ["1021_3", "1022_3"]],
  },
  ratios_and_times: {
    equal: [["2:3", "4:6"], ["10:30", "10:30"], ["1:2:3", "2:4:6"]],
    different: [["2:3", "3:2"], ["10:30", "10:03"], ["1:2:3", "1:2:4"], ["2:3", "2"]],
  },
  text: {
    equal: [[s`\text{yes}`, "Yes"], [s`\text{Tuesday}`, "tuesday"], ["even", s`\text{even}`]],
    different: [[s`\text{yes}`, "no"], [s`\text{Tuesday}`, "Thursday"], ["even", "odd"], [
      "yes",
      "5",
    ]],
  },
  choices: {
    equal: [["B", "(B)"], [s`\text{(C)}`, "C"], [s`\textbf{(A)}`, "A"], ["D", s`\text{D}`]],
    different: [["B", "(D)"], [s`\text{(C)}`, "B"], ["A", "B"], ["E", "F"]],
  },
  complex: {
    equal: [["3+4i", "4i+3"], ["(1+i)^2", "2i"], [s`\sqrt{-9}`, "3i"], [s`\frac{1}{i}`, "-i"]],
    different: [["3+4i", "3-4i"], ["(1+i)^2", "2"], [s`\sqrt{-9}`, "3"], [s`\frac{1}{i}`, "i"]],
  },
};
