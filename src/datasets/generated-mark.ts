/** Stands in the side file of data that densebench made itself: they are sample data under whatever name. */
export const GENERATED_MARK = 'generated';
