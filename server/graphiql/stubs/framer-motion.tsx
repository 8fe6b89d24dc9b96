// GraphiQL uses this library only to drag its tabs into another order: plain lists do without 120 kB.
import { forwardRef, type HTMLAttributes } from "react";

type Extra = {
  values?: unknown;
  value?: unknown;
  onReorder?: unknown;
  axis?: unknown;
  dragElastic?: unknown;
  dragConstraints?: unknown;
};

function plain({
  values,
  value,
  onReorder,
  axis,
  dragElastic,
  dragConstraints,
  ...rest
}: Extra & HTMLAttributes<HTMLElement>) {
  return rest;
}

const Group = forwardRef<HTMLUListElement, Extra & HTMLAttributes<HTMLElement>>((props, ref) => (
  <ul ref={ref} {...plain(props)} />
));
const Item = forwardRef<HTMLLIElement, Extra & HTMLAttributes<HTMLElement>>((props, ref) => (
  <li ref={ref} {...plain(props)} />
));

export const Reorder = { Group, Item };
