import{B as n,x as t}from"./chunk-BWOKDS3I.js";import"./chunk-PIKQ6ABT.js";function r(){return t(n,{children:"This screen isn't built yet."})}export{r as Playground};
