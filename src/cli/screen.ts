/** Colour is for people at a screen who have not declined it (no-color.org). */
export const screen = () => ({
  columns: process.stdout.columns,
  colour: process.stdout.isTTY === true && !process.env.NO_COLOR,
});
