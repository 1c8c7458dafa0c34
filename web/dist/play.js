import{E as n,x as t}from"./chunk-VWEBIMAU.js";function r(){return t(n,{children:"This screen isn't built yet."})}export{r as Playground};
