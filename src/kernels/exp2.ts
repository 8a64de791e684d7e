/** 2^x that is the same to the last bit on every V8: Node 24 rounds powers in another way than Node 20, while e^x has stayed as it was. */

/** 2^n for n = -1074 ... 1023, exactly. */
const POWERS = Float64Array.from({ length: 2098 }, (_, i) => 2 ** (i - 1074));

/** 2^x within 1.5 units of the last place; x below 1023.5, as where it is relative to a largest one; 0 below -1074.5. */
export function exp2(x: number): number {
  if (x < -1074.5) return 0;
  const whole = Math.round(x);
  return Math.exp((x - whole) * Math.LN2) * POWERS[whole + 1074];
}
