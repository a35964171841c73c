"use client";
import { useEffect } from "react";
import { startHeatmap } from "./heatmap";

export default function Heatmap() {
  useEffect(startHeatmap, []);
  return null;
}
